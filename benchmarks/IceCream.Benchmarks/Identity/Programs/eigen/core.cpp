#define EIGEN_DONT_VECTORIZE
#include <Eigen/Core>
int main() { Eigen::ArrayXf a = Eigen::ArrayXf::LinSpaced(10, 0, 9); return a.sqrt().maxCoeff() == 3 ? 0 : 1; }
