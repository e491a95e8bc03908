#include <boost/multiprecision/cpp_int.hpp>
#include <boost/multiprecision/cpp_dec_float.hpp>
#include <sstream>
int main() { boost::multiprecision::cpp_int n = 1; for (int i = 1; i < 50; ++i) n *= i; std::ostringstream s; s << n << boost::multiprecision::cpp_dec_float_50(2); return s.str().empty(); }
