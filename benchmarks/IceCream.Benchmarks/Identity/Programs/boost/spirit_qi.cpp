#include <boost/spirit/include/qi.hpp>
#include <boost/spirit/include/phoenix.hpp>
#include <string>
#include <vector>
namespace qi = boost::spirit::qi;
template <class I> struct Sums : qi::grammar<I, int(), qi::space_type> {
    Sums() : Sums::base_type(sum) {
        using qi::_val; using qi::_1;
        sum = term[_val = _1] >> *(('+' >> term[_val += _1]) | ('-' >> term[_val -= _1]));
        term = qi::int_ | '(' >> sum >> ')';
    }
    qi::rule<I, int(), qi::space_type> sum, term;
};
int main() {
    std::string s = "1 + (2 - 3)"; int n = 0; auto i = s.begin();
    return qi::phrase_parse(i, s.end(), Sums<std::string::iterator>(), qi::space, n) ? n : 1;
}
