#include <boost/bimap.hpp>
#include <boost/icl/interval_map.hpp>
#include <boost/assign/list_of.hpp>
#include <set>
int main() { boost::bimap<int, char> b = boost::assign::list_of<boost::bimap<int, char>::relation>(1, 'a'); boost::icl::interval_map<int, std::set<int>> m; m += std::make_pair(boost::icl::interval<int>::closed(1, 3), std::set<int>{1}); return b.left.count(1) - 1; }
