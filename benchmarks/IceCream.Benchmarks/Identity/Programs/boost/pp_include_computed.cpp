#include <boost/preprocessor/stringize.hpp>
#include <boost/preprocessor/cat.hpp>
#define LIBRARY boost
#define PART(name) <LIBRARY/name.hpp>
#define WHICH array
#include PART(WHICH)
#include BOOST_PP_STRINGIZE(boost/optional.hpp)
#define PIECE(n) BOOST_PP_STRINGIZE(BOOST_PP_CAT(detail/piece, n).hpp)
#include PIECE(1)
#include PIECE(2)
int main() { boost::array<int, 2> a{{piece1, piece2}}; return *boost::optional<int>(a[0]); }
