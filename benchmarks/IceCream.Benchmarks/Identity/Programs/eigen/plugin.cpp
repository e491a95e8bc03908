// A member of every matrix from a header that a macro names.
#define EIGEN_MATRIXBASE_PLUGIN "detail/twice.inc"
#include <Eigen/Core>
int main() { return Eigen::Vector2i(1, 2).twice().sum() - 6; }
