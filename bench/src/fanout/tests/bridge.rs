use super::Form;

#[test]
fn a_record_becomes_what_the_server_takes() {
    let mut out = Vec::new();
    Form::Line.put(b"{}", &mut out);
    Form::Nats.put(b"{}", &mut out);
    assert_eq!(out, b"{}\nPUB p 2\r\n{}\r\n");
}
