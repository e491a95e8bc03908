#include <Eigen/IterativeLinearSolvers>
#include <unsupported/Eigen/AutoDiff>
#include <unsupported/Eigen/FFT>
#include <unsupported/Eigen/MatrixFunctions>
int main() { Eigen::AutoDiffScalar<Eigen::VectorXd> x(2.0, Eigen::VectorXd::Unit(1, 0)); return (x * x).derivatives()(0) - 4; }
