// Key records for the tests of this folder.
#pragma once

#include <string>
#include <vector>

#include "lib/dkim/key_answer.h"

namespace mailassay::keys {

// RFC 8463 A.2.
inline const std::string kEd25519Record =
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
inline const std::string kRsaRecord =
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
    "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"
    "DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
    "Ip3G+2kryOTIKT+l/K4w3QIDAQAB";

// Where each record comes from.
inline std::vector<std::string> Sources(const dkim::KeyAnswer& answer) {
  std::vector<std::string> sources;
  for (const dkim::KeyOrigin& origin : answer.origins) {
    sources.push_back(origin.source);
  }
  return sources;
}

}  // namespace mailassay::keys
