#include <Eigen/Eigenvalues>
int main() { Eigen::Matrix2d m; m << 2, 0, 0, 3; Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> s(m); return s.eigenvalues()(1) == 3 ? 0 : 1; }
