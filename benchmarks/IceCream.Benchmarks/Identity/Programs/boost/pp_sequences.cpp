#include <boost/preprocessor.hpp>
#define COLOURS (red)(green)(blue)(cyan)(magenta)
#define NAME(r, data, i, elem) BOOST_PP_COMMA_IF(i) BOOST_PP_STRINGIZE(elem)
enum Colour { BOOST_PP_SEQ_ENUM(COLOURS) };
static const char *const names[] = { BOOST_PP_SEQ_FOR_EACH_I(NAME, ~, COLOURS) };
#define ROW(z, n, data) BOOST_PP_ARRAY_ELEM(1, data)[n] = n;
int main() { int a[50]; BOOST_PP_REPEAT(50, ROW, (2, (x, a))) return a[49] + names[blue][0]; }
