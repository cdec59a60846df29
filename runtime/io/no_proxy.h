// Which hosts are to be reached without a proxy: what is written into no_proxy.
#pragma once

#include <cstdint>
#include <string_view>

namespace cpp_lite::io {

// Whether an entry of the list, which commas separate, is for this host, a name or an IP address.
//
//   *                                everything
//   example.com                      this name and all below it
//   .example.com, *.example.com      all below it
//   10.1.2.3, 2001:db8::1            this address
//   10.0.0.0/8, 2001:db8::/32        the addresses of this network
//
// A name or an address may be followed by ":port" (IPv6 then in brackets), which is to be the same.
bool is_listed(std::string_view list, std::string_view host, std::uint16_t port);

}  // namespace cpp_lite::io
