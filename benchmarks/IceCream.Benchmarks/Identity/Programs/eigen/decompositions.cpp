#include <Eigen/LU>
#include <Eigen/QR>
#include <Eigen/SVD>
int main() { Eigen::MatrixXf m = Eigen::MatrixXf::Random(3, 3); return m.fullPivLu().rank() + m.colPivHouseholderQr().rank() + m.jacobiSvd().rank() > 9; }
