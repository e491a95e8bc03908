#include <boost/preprocessor/slot/slot.hpp>
#include <boost/preprocessor/slot/counter.hpp>
#include <boost/preprocessor/cat.hpp>
#define BOOST_PP_VALUE 1 + 2 + 3 * 4
#include BOOST_PP_ASSIGN_SLOT(1)
#define BOOST_PP_VALUE BOOST_PP_SLOT(1) * 2
#include BOOST_PP_ASSIGN_SLOT(2)
#include BOOST_PP_UPDATE_COUNTER()
int BOOST_PP_CAT(a, BOOST_PP_COUNTER);
#include BOOST_PP_UPDATE_COUNTER()
int BOOST_PP_CAT(a, BOOST_PP_COUNTER);
#if BOOST_PP_SLOT(2) != 30
#error "The slot holds something else."
#endif
int main() { return a1 + a2; }
