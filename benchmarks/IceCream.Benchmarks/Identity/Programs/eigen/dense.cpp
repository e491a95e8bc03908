#include <Eigen/Dense>
int main() { Eigen::Matrix3d m = Eigen::Matrix3d::Identity(); Eigen::Vector3d v(1, 2, 3); return (m.inverse() * v).sum() == 6 ? 0 : 1; }
