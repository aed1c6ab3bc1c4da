//! Materials of meetings: kept as they came, handed out as copies that say who took them.

use super::{App, MeetingFault};
use crate::{
    copier::{self, CopyFault},
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        hex,
        material::{self, Material, MaterialMistake, PAGES_MAX},
        meeting::Meeting,
    },
    id::{AccountId, MaterialId, MeetingId},
    store::StoreError,
};
use ring::digest::{SHA256, digest};
use std::{
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};
use tokio::{fs, io::AsyncWriteExt as _};

/// Where materials lie, and what makes copies of them.
#[derive(Debug, Clone)]
pub struct MaterialsSettings {
    /// The folder of the files.
    pub folder: PathBuf,
    /// The program that has the subcommand `__copy`: this one.
    pub program: PathBuf,
}

/// Materials of a meeting with the names of who brought them.
#[derive(Debug, Clone)]
pub struct MaterialsView {
    /// In the order in which they came.
    pub materials: Vec<Material>,
    /// Shown names.
    pub names: HashMap<AccountId, String>,
}

/// Why materials can't be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum MaterialFault {
    /// Its meeting can't be read, or not by this actor.
    #[error("the meeting is not to be had")]
    Meeting(#[source] MeetingFault),
    /// There is no such material.
    #[error("there is no such material")]
    Unknown,
    /// The file does not become one.
    #[error("the file is not taken: {0}")]
    Mistake(MaterialMistake),
    /// Others are looked at or copied.
    #[error("another file is looked at or copied")]
    Busy,
    /// The file can't be written, or is not what was stored.
    #[error("the file can't be written or read")]
    File(#[source] io::Error),
    /// The copy can't be made.
    #[error("the copy can't be made")]
    Copy(#[source] CopyFault),
    /// The store failed.
    #[error("cannot read or write materials")]
    Store(#[source] StoreError),
}

impl App {
    /// Materials of a meeting.
    pub async fn materials(&self, actor: &Actor, meeting: &MeetingId) -> Result<MaterialsView, MaterialFault> {
        self.meeting_with_materials(actor, meeting).await?;
        let materials = self.store.materials(meeting).await.map_err(MaterialFault::Store)?;
        let people: HashSet<&AccountId> = materials.iter().map(|material| &material.by).collect();
        let names = self.store.names_of(people).await.map_err(MaterialFault::Store)?;
        Ok(MaterialsView { materials, names })
    }

    /// Whether this actor may bring and remove materials of a meeting.
    pub fn may_keep_materials(&self, actor: &Actor, meeting: &MeetingId) -> Result<(), MaterialFault> {
        self.may_in_meeting(actor, Action::WriteNotice, meeting).map_err(MaterialFault::Meeting)
    }

    /// Keeps a file: it is on the disk and can be copied before it is on the list.
    pub async fn add_material(
        &self,
        actor: &Actor,
        meeting: &MeetingId,
        (name, bytes): (&str, Vec<u8>),
        now: SystemTime,
    ) -> Result<Material, MaterialFault> {
        self.may_keep_materials(actor, meeting)?;
        let Actor::User(user) = actor else { return Err(MaterialFault::Unknown) };
        self.stored(meeting).await.map_err(MaterialFault::Meeting)?;
        let _turn = self.copying.try_lock().map_err(|_| MaterialFault::Busy)?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let others = self.store.materials(meeting).await.map_err(MaterialFault::Store)?;
        let name = material::check(name, size, &others).map_err(MaterialFault::Mistake)?;
        let id: MaterialId = super::new_id();
        let settings = &self.settings.materials;
        let (kept, new) = (settings.file(&id), settings.folder.join(format!("{id}.new")));
        let sha256 = hex::encode(digest(&SHA256, &bytes).as_ref());
        let taken = async {
            write_whole(&new, &bytes).await.map_err(MaterialFault::File)?;
            let pages = match copier::check(&settings.program, &new).await {
                Ok(pages) if pages <= PAGES_MAX => pages,
                Ok(_) => return Err(MaterialFault::Mistake(MaterialMistake::TooLong)),
                Err(CopyFault::Unreadable(why)) => {
                    tracing::info!(%meeting, why, "a material can't be read");
                    return Err(MaterialFault::Mistake(MaterialMistake::Unreadable));
                }
                Err(fault) => return Err(MaterialFault::Copy(fault)),
            };
            fs::rename(&new, &kept).await.map_err(MaterialFault::File)?;
            fs::File::open(&settings.folder)
                .await
                .map_err(MaterialFault::File)?
                .sync_all()
                .await
                .map_err(MaterialFault::File)?;
            Ok(pages)
        };
        let pages = match taken.await {
            Ok(pages) => pages,
            Err(fault) => {
                // What is left over is removed at the next start.
                let _ = fs::remove_file(&new).await;
                return Err(fault);
            }
        };
        let by = user.account.clone();
        let material = Material { id, meeting: meeting.clone(), name, bytes: size, pages, sha256, by, at: now };
        self.store.add_material(&material).await.map_err(MaterialFault::Store)?;
        Ok(material)
    }

    /// Takes a material off the list, and its file off the disk.
    pub async fn remove_material(
        &self,
        actor: &Actor,
        meeting: &MeetingId,
        id: &MaterialId,
    ) -> Result<Material, MaterialFault> {
        self.may_keep_materials(actor, meeting)?;
        let material = self.material(meeting, id).await?;
        self.store.remove_material(id).await.map_err(MaterialFault::Store)?;
        // What is left over is removed at the next start.
        let _ = fs::remove_file(self.settings.materials.file(id)).await;
        Ok(material)
    }

    /// A copy of a material with a watermark of who takes it, and when.
    pub async fn copy_material(
        &self,
        actor: &Actor,
        meeting: &MeetingId,
        id: &MaterialId,
        now: SystemTime,
    ) -> Result<(Material, Vec<u8>), MaterialFault> {
        self.meeting_with_materials(actor, meeting).await?;
        let Actor::User(user) = actor else { return Err(MaterialFault::Unknown) };
        let material = self.material(meeting, id).await?;
        let account = self.store.account(&user.account).await.map_err(MaterialFault::Store)?;
        let account = account.ok_or(MaterialFault::Unknown)?;
        let words = material::watermark(&account.unit, &account.name, now);
        let _turn = self.copying.lock().await;
        let settings = &self.settings.materials;
        let made = settings.folder.join(format!("{id}.copy"));
        let copied = copier::copy(&settings.program, &settings.file(id), &made, &words).await;
        let bytes = match copied {
            Ok(()) => fs::read(&made).await.map_err(MaterialFault::File),
            Err(fault) => Err(MaterialFault::Copy(fault)),
        };
        let _ = fs::remove_file(&made).await;
        Ok((material, bytes?))
    }

    /// At start: removes files that are on no list, which a server left that was killed in between.
    pub async fn tidy_materials(&self) -> Result<(), MaterialFault> {
        let folder = &self.settings.materials.folder;
        fs::create_dir_all(folder).await.map_err(MaterialFault::File)?;
        let known: HashSet<String> =
            self.store.material_ids().await.map_err(MaterialFault::Store)?.into_iter().collect();
        let mut files = fs::read_dir(folder).await.map_err(MaterialFault::File)?;
        while let Some(file) = files.next_entry().await.map_err(MaterialFault::File)? {
            let name = file.file_name();
            let kept = name.to_str().and_then(|name| name.strip_suffix(".pdf")).is_some_and(|id| known.contains(id));
            if !kept {
                fs::remove_file(file.path()).await.map_err(MaterialFault::File)?;
            }
        }
        Ok(())
    }

    async fn material(&self, meeting: &MeetingId, id: &MaterialId) -> Result<Material, MaterialFault> {
        let all = self.store.materials(meeting).await.map_err(MaterialFault::Store)?;
        all.into_iter().find(|material| material.id == *id).ok_or(MaterialFault::Unknown)
    }

    /// The meeting, if this actor may have its materials: who keeps its list or looks into it, and liaisons of invited units.
    async fn meeting_with_materials(&self, actor: &Actor, id: &MeetingId) -> Result<Meeting, MaterialFault> {
        let refused = |refusal| MaterialFault::Meeting(MeetingFault::Access(refusal));
        access::allow(actor, Action::ListMeetings, &Resource::Server).map_err(refused)?;
        let meeting = self.stored(id).await.map_err(MaterialFault::Meeting)?;
        let own = [Action::KeepAttendance, Action::View].map(|action| self.allow_meeting(actor, action, id));
        if own.iter().all(Result::is_err) && !self.answers_for_invited(actor, id).await.map_err(MaterialFault::Store)? {
            return Err(refused(Refusal::Forbidden));
        }
        Ok(meeting)
    }
}

impl MaterialsSettings {
    fn file(&self, id: &MaterialId) -> PathBuf {
        self.folder.join(format!("{id}.pdf"))
    }
}

/// Writes a file that is whole after a power cut, or not there under its last name.
async fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path).await?;
    file.write_all(bytes).await?;
    file.sync_all().await
}
