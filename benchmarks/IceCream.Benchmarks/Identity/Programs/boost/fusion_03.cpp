// Without variadic templates everything is iterated.
#define BOOST_FUSION_DISABLE_VARIADIC_VECTOR
#define FUSION_MAX_VECTOR_SIZE 20
#define FUSION_MAX_MAP_SIZE 20
#include <boost/fusion/container.hpp>
#include <boost/fusion/algorithm.hpp>
#include <boost/fusion/sequence.hpp>
#include <boost/fusion/functional.hpp>
int main() { return boost::fusion::size(boost::fusion::make_vector(1, 'a', 2.0)) - 3; }
