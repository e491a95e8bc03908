// Two dimensions: the inner limits follow from the outer number.
#if !BOOST_PP_IS_ITERATING
#include <boost/preprocessor/iteration/iterate.hpp>
template <int A, int B> struct Cell { static const int value = 0; };
#define BOOST_PP_ITERATION_PARAMS_1 (3, (1, 5, "pp_iterate_nested.cpp"))
#include BOOST_PP_ITERATE()
int main() { return Cell<5, 5>::value == 25 ? 0 : 1; }
#elif BOOST_PP_ITERATION_DEPTH() == 1
#define BOOST_PP_ITERATION_PARAMS_2 (3, (1, BOOST_PP_FRAME_ITERATION(1), "pp_iterate_nested.cpp"))
#include BOOST_PP_ITERATE()
#else
template <> struct Cell<BOOST_PP_FRAME_ITERATION(1), BOOST_PP_FRAME_ITERATION(2)> {
    static const int value = BOOST_PP_FRAME_ITERATION(1) * BOOST_PP_FRAME_ITERATION(2);
};
#endif
