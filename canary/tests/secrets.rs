//! What a canary says holds none of the secrets that it is given, whether they are where they belong or mistyped.

use delivery_fuzz::planted::{Case, says_no_secret};

const CONFIG: &str = "adminAddress: ADMIN
gateway: http://127.0.0.1:1
routeId: '1'
everySeconds: 3
limitSeconds: 2
";

#[test]
fn no_secret_is_said() {
    let right = Case::new(CONFIG);
    let mut cases = vec![right.clone()];
    cases.extend([
        right.but("http://127.0.0.1:1", "http://me:hunter2PLANTED@127.0.0.1:1"),
        right.but("http://127.0.0.1:1", "me:hunter2PLANTED@127.0.0.1:1"),
        right.but("gateway: http://127.0.0.1:1", "gateway: ['http://me:hunter2PLANTED@127.0.0.1:1']"),
        right.but("adminAddress: ADMIN", "adminAddress: 'me:hunter2PLANTED@127.0.0.1:1'"),
    ]);
    says_no_secret(env!("CARGO_BIN_EXE_code-delivery-canary"), &cases);
}
