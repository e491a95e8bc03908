#include <Eigen/Geometry>
#include <Eigen/StdVector>
#include <iostream>
int main() { Eigen::Quaterniond q(Eigen::AngleAxisd(0, Eigen::Vector3d::UnitX())); Eigen::IOFormat f(2); std::cout << q.toRotationMatrix().format(f); return 0; }
