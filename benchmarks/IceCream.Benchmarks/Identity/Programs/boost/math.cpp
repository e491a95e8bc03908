#include <boost/math/special_functions.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/tools/polynomial.hpp>
int main() { return boost::math::cdf(boost::math::normal(), 0.0) == 0.5 ? 0 : 1; }
