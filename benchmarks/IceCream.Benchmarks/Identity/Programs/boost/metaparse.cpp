#define BOOST_METAPARSE_LIMIT_STRING_SIZE 64
#include <boost/metaparse/string.hpp>
#include <boost/metaparse/int_.hpp>
#include <boost/metaparse/build_parser.hpp>
#include <boost/metaparse/entire_input.hpp>
#include <boost/metaparse/token.hpp>
using namespace boost::metaparse;
using Number = build_parser<entire_input<token<int_>>>;
int main() { return Number::apply<BOOST_METAPARSE_STRING("42")>::type::value - 42; }
