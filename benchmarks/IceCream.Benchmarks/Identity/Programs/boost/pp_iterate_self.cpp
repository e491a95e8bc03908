// The file includes itself, once for each arity.
#if !BOOST_PP_IS_ITERATING
#include <boost/preprocessor/iteration/iterate.hpp>
#include <boost/preprocessor/repetition/enum_params.hpp>
#include <boost/preprocessor/repetition/enum_binary_params.hpp>

template <int N> struct Sum;

#define BOOST_PP_ITERATION_LIMITS (1, 9)
#define BOOST_PP_FILENAME_1 "pp_iterate_self.cpp"
#include BOOST_PP_ITERATE()

int main() { return Sum<3>::of(1, 2, 3) == 6 ? 0 : 1; }
#else
#define n BOOST_PP_ITERATION()
template <> struct Sum<n> {
#define ADD(z, i, data) +a##i
    static int of(BOOST_PP_ENUM_PARAMS(n, int a)) { return 0 BOOST_PP_REPEAT(n, ADD, ~); }
#undef ADD
};
#undef n
#endif
