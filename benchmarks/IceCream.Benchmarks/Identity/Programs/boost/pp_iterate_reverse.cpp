#if !BOOST_PP_IS_ITERATING
#include <boost/preprocessor/iteration/iterate.hpp>
#include <boost/preprocessor/stringize.hpp>
static const int numbers[] = {
#define BOOST_PP_ITERATION_PARAMS_1 (3, (9, 2, "pp_iterate_reverse.cpp"))
#include BOOST_PP_ITERATE()
};
int main() { return numbers[0] == 9 ? 0 : 1; }
#else
BOOST_PP_ITERATION(),
#endif
