#define BOOST_PROTO_DONT_USE_PREPROCESSED_FILES
#define BOOST_PROTO_MAX_ARITY 10
#include <boost/proto/proto.hpp>
int main() { return boost::proto::value(boost::proto::as_expr(0)); }
