#include <boost/histogram.hpp>
#include <boost/format.hpp>
#include <boost/lexical_cast.hpp>
#include <boost/algorithm/string.hpp>
int main() { auto h = boost::histogram::make_histogram(boost::histogram::axis::regular<>(4, 0.0, 1.0)); h(0.5); return h.at(2) == 1 ? (boost::format("%1%") % boost::lexical_cast<std::string>(1)).str().size() - 1 : 1; }
