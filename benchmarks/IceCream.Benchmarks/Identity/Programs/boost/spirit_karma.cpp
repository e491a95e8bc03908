#include <boost/spirit/include/karma.hpp>
#include <iterator>
#include <string>
#include <vector>
namespace karma = boost::spirit::karma;
int main() { std::string s; std::vector<int> v{1, 2, 3}; karma::generate(std::back_inserter(s), karma::int_ % ", ", v); return s.size() - 7; }
