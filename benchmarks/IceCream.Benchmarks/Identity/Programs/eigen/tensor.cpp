#include <unsupported/Eigen/CXX11/Tensor>
int main() { Eigen::Tensor<int, 3> t(2, 2, 2); t.setConstant(1); Eigen::Tensor<int, 0> s = t.sum(); return s(0) - 8; }
