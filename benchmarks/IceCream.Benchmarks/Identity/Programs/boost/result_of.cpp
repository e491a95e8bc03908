// The old protocol: every arity by iteration.
#define BOOST_RESULT_OF_USE_TR1
#include <boost/utility/result_of.hpp>
#include <boost/utility/identity_type.hpp>
#include <boost/call_traits.hpp>
#include <boost/function_types/result_type.hpp>
#include <boost/function_types/parameter_types.hpp>
#include <boost/mpl/at.hpp>
struct F { template <class> struct result { using type = int; }; int operator()(int) const { return 0; } };
int main() { boost::result_of<F(int)>::type n = 0; boost::function_types::result_type<int (*)(char)>::type m = n; return m; }
