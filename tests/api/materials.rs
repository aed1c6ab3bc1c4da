//! Materials of meetings: a PDF that somebody brought, and copies of it that say who took them.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    org_units::unit,
    server::{Server, council, header, now, operator, refused},
};
use reqwest::RequestBuilder;
use yunling::{
    domain::{role::Role, schedule::Consent},
    http::wire::MaterialEntry,
};

/// A meeting, and its notice as a PDF to be brought back as a material.
async fn meeting_and_pdf(server: &Server, op: &str) -> (String, Vec<u8>) {
    let planned = server.running.app.plan_meeting(&operator(), council(), &Consent::default(), now().wall).await;
    let id = planned.expect("planned").id.to_string();
    let notice = server.ask("GET", &format!("/api/meetings/{id}/notice.pdf"), op).send().await.unwrap();
    (id, notice.bytes().await.unwrap().to_vec())
}

fn bring(server: &Server, meeting: &str, cookie: &str, name: &str, body: Vec<u8>) -> RequestBuilder {
    server
        .ask("POST", &format!("/api/meetings/{meeting}/materials?name={name}"), cookie)
        .header("content-type", "application/octet-stream")
        .body(body)
}

async fn list(server: &Server, meeting: &str, cookie: &str) -> Vec<MaterialEntry> {
    let answer = server.ask("GET", &format!("/api/meetings/{meeting}/materials"), cookie).send().await.unwrap();
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_file_is_brought_by_the_clerk_copied_by_a_leader_and_removed() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let clerk = server.person("clerk", &[Role::Clerk]).await;
    let leader = server.person("leader", &[Role::Leader]).await;
    let (id, pdf) = meeting_and_pdf(&server, &op).await;
    let made: MaterialEntry =
        bring(&server, &id, &clerk, "汛情通报.pdf", pdf.clone()).send().await.unwrap().json().await.unwrap();
    assert_eq!((made.name.as_str(), made.bytes), ("汛情通报", pdf.len() as u64));
    assert!(made.pages >= 1 && !made.by.is_empty(), "{made:?}");
    assert_eq!(list(&server, &id, &leader).await, std::slice::from_ref(&made));

    let copy = format!("/api/meetings/{id}/materials/{}/copy", made.id);
    let answer = server.ask("POST", &copy, &leader).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "content-type").as_str()), (200, "application/pdf"));
    assert!(header(&answer, "content-disposition").ends_with(".pdf"));
    let bytes = answer.bytes().await.unwrap();
    assert!(bytes.starts_with(b"%PDF-") && bytes.as_ref() != pdf.as_slice());
    assert_eq!(std::fs::read_dir(server.data().join("materials")).unwrap().count(), 1, "no copy is left behind");

    let one = format!("/api/meetings/{id}/materials/{}", made.id);
    refused(server.ask("DELETE", &one, &leader), 403, "access.not_allowed").await;
    assert_eq!(server.ask("DELETE", &one, &op).send().await.unwrap().status(), 204);
    assert_eq!(list(&server, &id, &leader).await, []);
    refused(server.ask("POST", &copy, &leader), 404, "request.not_found").await;
    assert_eq!(std::fs::read_dir(server.data().join("materials")).unwrap().count(), 0);
    server.end().await;
}

#[tokio::test]
async fn a_liaison_takes_copies_where_their_unit_is_invited_and_nowhere_else() {
    let server = Server::bare().await;
    let admin = server.person("safe", &[Role::SecurityAdmin]).await;
    let op = server.person("op", &[Role::Operator]).await;
    let zhao = server.person("zhao", &[Role::Liaison]).await;
    let technician = server.person("tech", &[Role::SystemAdmin]).await;
    let water = unit(&server, &admin, "县水务局", &[server.account("zhao").await]).await;
    let (id, pdf) = meeting_and_pdf(&server, &op).await;
    let made: MaterialEntry = bring(&server, &id, &op, "议程.pdf", pdf).send().await.unwrap().json().await.unwrap();
    let (all, copy) =
        (format!("/api/meetings/{id}/materials"), format!("/api/meetings/{id}/materials/{}/copy", made.id));
    for (path, method) in [(&all, "GET"), (&copy, "POST")] {
        for stranger in [&zhao, &technician] {
            refused(server.ask(method, path, stranger), 403, "access.not_allowed").await;
        }
    }
    let invite = format!("/api/meetings/{id}/attendance/invite");
    let invited = server.tell("POST", &invite, &op, &serde_json::json!({ "units": [water.id] })).send().await.unwrap();
    assert!(invited.status().is_success(), "{}", invited.text().await.unwrap());
    assert_eq!(list(&server, &id, &zhao).await, [made]);
    assert_eq!(server.ask("POST", &copy, &zhao).send().await.unwrap().status(), 200);
    server.end().await;
}

#[tokio::test]
async fn what_can_not_be_a_material_is_refused_with_what_to_do() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let (id, pdf) = meeting_and_pdf(&server, &op).await;
    for (name, body, field, says) in [
        ("报表.pdf", b"PK\x03\x04 not a pdf".to_vec(), "file", "另存为 PDF"),
        ("报表.pdf", pdf[..pdf.len() / 3].to_vec(), "file", "损坏"),
        ("报表.pdf", Vec::new(), "file", "不能作为 PDF 打开"),
        ("报表.pdf", vec![b'%'; (20 << 20) + 1], "file", "20 MB"),
        ("", pdf.clone(), "name", "材料名称"),
    ] {
        let problem = refused(bring(&server, &id, &op, name, body), 422, "request.field_invalid").await;
        assert_eq!(problem.fields[0].field, field);
        assert!(problem.fields[0].sentence.contains(says), "{problem:?}");
    }
    assert!(bring(&server, &id, &op, "议程.pdf", pdf.clone()).send().await.unwrap().status().is_success());
    let problem = refused(bring(&server, &id, &op, "议程.PDF", pdf), 422, "request.field_invalid").await;
    assert!(problem.fields[0].sentence.contains("同名"), "{problem:?}");
    assert_eq!(list(&server, &id, &op).await.len(), 1);
    server.end().await;
}

#[tokio::test]
async fn after_a_restart_materials_are_there_and_what_was_left_half_is_gone() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let (id, pdf) = meeting_and_pdf(&server, &op).await;
    assert!(bring(&server, &id, &op, "议程.pdf", pdf).send().await.unwrap().status().is_success());
    let folder = server.data().join("materials");
    for left in ["abc.new", "abc.copy", "unknown.pdf"] {
        std::fs::write(folder.join(left), b"half").unwrap();
    }
    let server = server.again().await;
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    let made = list(&server, &id, &op).await;
    let copy = format!("/api/meetings/{id}/materials/{}/copy", made[0].id);
    assert_eq!(server.ask("POST", &copy, &op).send().await.unwrap().status(), 200);
    server.end().await;
}
