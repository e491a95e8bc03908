#include <boost/numeric/odeint.hpp>
#include <boost/numeric/ublas/matrix.hpp>
#include <boost/numeric/ublas/io.hpp>
#include <vector>
int main() {
    std::vector<double> x{1.0}; boost::numeric::ublas::matrix<double> m(2, 2);
    boost::numeric::odeint::integrate([](std::vector<double> const &x, std::vector<double> &d, double) { d[0] = -x[0]; }, x, 0.0, 1.0, 0.1);
    return m.size1() - 2;
}
