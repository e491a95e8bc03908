#include <boost/range.hpp>
#include <boost/range/adaptors.hpp>
#include <boost/range/algorithm.hpp>
#include <boost/range/any_range.hpp>
#include <boost/iterator/zip_iterator.hpp>
#include <boost/tuple/tuple.hpp>
#include <boost/tuple/tuple_io.hpp>
#include <vector>
int main() { std::vector<int> v{3, 1, 2}; boost::sort(v); return boost::distance(v | boost::adaptors::filtered([](int n) { return n > 1; })) - 2; }
