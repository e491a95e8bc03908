#include <boost/accumulators/accumulators.hpp>
#include <boost/accumulators/statistics.hpp>
using namespace boost::accumulators;
int main() { accumulator_set<double, stats<tag::mean, tag::variance>> a; a(1); a(3); return mean(a) - 2; }
