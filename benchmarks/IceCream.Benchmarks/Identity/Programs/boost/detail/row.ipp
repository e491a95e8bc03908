// Included once for each row; under the flag 1 with another type.
#if BOOST_PP_ITERATION_DEPTH() == 1 && BOOST_PP_ITERATION_FLAGS() == 1
static long BOOST_PP_CAT(row, BOOST_PP_ITERATION())() { return BOOST_PP_ITERATION(); }
#else
static int BOOST_PP_CAT(row, BOOST_PP_ITERATION())() { return BOOST_PP_ITERATION(); }
#endif
