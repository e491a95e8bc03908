#define BOOST_SPIRIT_DONT_USE_PREPROCESSED_HEADERS
#define BOOST_PHOENIX_DONT_USE_PREPROCESSED_FILES
#define BOOST_PROTO_DONT_USE_PREPROCESSED_FILES
#define BOOST_MPL_CFG_NO_PREPROCESSED_HEADERS
#define BOOST_FUSION_DONT_USE_PREPROCESSED_FILES
#include <boost/spirit/include/qi_int.hpp>
#include <boost/spirit/include/qi_parse.hpp>
#include <boost/spirit/include/qi_list.hpp>
#include <boost/spirit/include/qi_char.hpp>
#include <string>
int main() { std::string s = "12"; int n = 0; auto i = s.begin(); return boost::spirit::qi::parse(i, s.end(), boost::spirit::qi::int_, n) ? n - 12 : 1; }
