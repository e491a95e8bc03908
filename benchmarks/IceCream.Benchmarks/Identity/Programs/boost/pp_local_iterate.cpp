#include <boost/preprocessor/iteration/local.hpp>
#include <boost/preprocessor/cat.hpp>
#define BOOST_PP_LOCAL_MACRO(n) template <class T> T BOOST_PP_CAT(times, n)(T t) { return n * t; }
#define BOOST_PP_LOCAL_LIMITS (1, 20)
#include BOOST_PP_LOCAL_ITERATE()
int main() { return times20(2) == 40 ? 0 : 1; }
