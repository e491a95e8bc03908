#include <boost/proto/proto.hpp>
namespace proto = boost::proto;
struct Calculate : proto::callable_context<Calculate const> { using result_type = int; int operator()(proto::tag::terminal, int n) const { return n; } };
struct Sum : proto::or_<proto::terminal<int>, proto::plus<Sum, Sum>> {};
int main() { return proto::eval(proto::lit(1) + 2 + 3, proto::default_context()) - 6 + !proto::matches<decltype(proto::lit(1) + 2), Sum>::value; }
