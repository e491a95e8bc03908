#include <boost/spirit/home/x3.hpp>
#include <string>
#include <vector>
namespace x3 = boost::spirit::x3;
x3::rule<class list, std::vector<int>> const list = "list";
auto const list_def = '[' >> x3::int_ % ',' >> ']';
BOOST_SPIRIT_DEFINE(list)
int main() { std::string s = "[1, 2, 3]"; std::vector<int> v; return x3::phrase_parse(s.begin(), s.end(), list, x3::space, v) ? v.size() - 3 : 1; }
