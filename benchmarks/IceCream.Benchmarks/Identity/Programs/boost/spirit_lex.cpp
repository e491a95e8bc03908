#include <boost/spirit/include/lex_lexertl.hpp>
#include <string>
namespace lex = boost::spirit::lex;
template <class L> struct Words : lex::lexer<L> {
    Words() : word("[a-z]+"), any(".") { this->self = word | any; }
    lex::token_def<> word, any;
};
struct Count { template <class T> bool operator()(T const &) { ++n; return true; } int &n; };
int main() {
    std::string s = "ab cd"; int n = 0; char const *i = s.data(), *end = i + s.size();
    Words<lex::lexertl::lexer<>> words;
    return lex::tokenize(i, end, words, Count{n}) ? n - 3 : 1;
}
