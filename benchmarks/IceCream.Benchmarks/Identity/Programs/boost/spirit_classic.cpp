#include <boost/spirit/include/classic_core.hpp>
#include <boost/spirit/include/classic_ast.hpp>
#include <boost/spirit/include/classic_push_back_actor.hpp>
#include <vector>
namespace bsc = boost::spirit::classic;
int main() { std::vector<double> v; return bsc::parse("1,2", bsc::real_p[bsc::push_back_a(v)] >> *(',' >> bsc::real_p[bsc::push_back_a(v)]), bsc::space_p).full ? v.size() - 2 : 1; }
