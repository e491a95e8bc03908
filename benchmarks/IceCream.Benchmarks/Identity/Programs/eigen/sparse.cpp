#include <Eigen/Sparse>
#include <Eigen/SparseCholesky>
#include <vector>
int main() { Eigen::SparseMatrix<double> m(3, 3); m.insert(0, 0) = 1; m.insert(1, 1) = 1; m.insert(2, 2) = 1; m.makeCompressed(); Eigen::SimplicialLLT<Eigen::SparseMatrix<double>> s(m); return s.info(); }
