#include <boost/vmd/is_empty.hpp>
#include <boost/vmd/is_seq.hpp>
#include <boost/vmd/is_tuple.hpp>
#include <boost/vmd/elem.hpp>
#define CHOOSE(x) BOOST_PP_IF(BOOST_VMD_IS_TUPLE(x), 1, 2)
int main() { return CHOOSE((1, 2)) + CHOOSE(3) + BOOST_VMD_ELEM(1, (1)(5)) - 8 + BOOST_VMD_IS_EMPTY(); }
