#include <boost/preprocessor/iteration/iterate.hpp>
#include <boost/preprocessor/cat.hpp>

#define BOOST_PP_ITERATION_PARAMS_1 (3, (0, 7, "detail/row.ipp"))
#include BOOST_PP_ITERATE()

#define BOOST_PP_ITERATION_PARAMS_1 (4, (10, 12, "detail/row.ipp", 1))
#include BOOST_PP_ITERATE()

int main() { return row0() + row7() + row12(); }
