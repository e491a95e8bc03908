// More arguments than there are headers for: the headers iterate.
#define BOOST_FUNCTION_MAX_ARGS 14
#include <boost/function.hpp>
#include <boost/function/function3.hpp>
int main() { boost::function3<int, int, int, int> f; return f ? 1 : 0; }
