//! Receipts of the public log (I22): fetching one, checking one offline with the log's public key alone, and
//! what a witness does.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use jiff::Timestamp;
use platform::{
    clock::Clock,
    convert::{self, Meaningless},
    receipt::leaf_of,
    tlog::{
        Hash, LogVerifier, ProofFile, TlogError, WitnessKey, WitnessSigner, check_consistency,
        check_inclusion,
    },
};
use prost::Message as _;
use proto::{
    intake::v1::{GetReceiptRequest, rating_service_client::RatingServiceClient},
    publication::v1::{
        AddCosignatureRequest, GetConsistencyProofRequest, GetInclusionProofRequest,
        GetTreeHeadRequest, transparency_service_client::TransparencyServiceClient,
    },
    r#type::v1::{Channel, Level, RatingReceipt},
};

use super::{ClientError, server::Server};

/// Fetches a rating's receipt
#[derive(Args)]
pub struct ReceiptArgs {
    #[command(flatten)]
    server: Server,
    /// A file with the invitation's token: a secret, so it is no argument
    #[arg(long, value_name = "FILE")]
    invitation: PathBuf,
    /// The rating; without it, the one that counts
    #[arg(long, value_name = "UUID", default_value = "")]
    rating: String,
    /// Where to write the receipt
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Checks a receipt; asks nobody
#[derive(Args)]
pub struct VerifyArgs {
    /// The receipt
    #[arg(long, value_name = "FILE")]
    receipt: PathBuf,
    /// The log's public key: "name+hash+key", or PEM
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A witness's public key, "name+hash+key": its co-signature is asked for; several times for several
    #[arg(long, value_name = "FILE")]
    witness: Vec<PathBuf>,
}

/// Signs a log's newest head as its witness, if the log only grew since the last one signed
#[derive(Args)]
pub struct WitnessArgs {
    #[command(flatten)]
    server: Server,
    /// The log's public key
    #[arg(long, value_name = "FILE")]
    log_key: PathBuf,
    /// The witness's private key (Ed25519, PKCS#8 PEM)
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The witness's name, a schema-less URL
    #[arg(long)]
    name: String,
    /// Where the last signed head is kept; lost, the witness would sign any history
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
}

/// Why a receipt is not fetched, not proved, or a head not signed.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// A file cannot be read or written.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// A file's content is not what it should be.
    #[error("{file}: {why}")]
    Content {
        /// The file.
        file: String,
        /// What is wrong.
        why: TlogError,
    },
    /// The server cannot be asked, or refuses.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The receipt means nothing.
    #[error("the receipt cannot be read: {0}")]
    Receipt(#[from] Meaningless),
    /// It is not proved.
    #[error("NOT PROVED 未通过验证: {0}")]
    NotProved(TlogError),
    /// The log has no leaf like it: the rating was changed, or this is no receipt of that log.
    #[error("NOT PROVED 未通过验证: no leaf of the log is that of this receipt")]
    OtherLeaf,
    /// A witness has not signed.
    #[error("NOT PROVED 未通过验证: the witness {0} has not signed the head")]
    NotWitnessed(String),
    /// The log shows another history than before.
    #[error("NOT SIGNED 未见证: {0}")]
    OtherHistory(String),
    /// The words cannot be written.
    #[error(transparent)]
    Out(#[from] io::Error),
}

fn read(file: &Path) -> Result<String, ReceiptError> {
    let name = || file.display().to_string();
    fs::read_to_string(file).map_err(|source| ReceiptError::File { file: name(), source })
}

fn write(file: &Path, text: &str) -> Result<(), ReceiptError> {
    let name = || file.display().to_string();
    fs::write(file, text).map_err(|source| ReceiptError::File { file: name(), source })
}

fn content<T>(file: &Path, read: Result<T, TlogError>) -> Result<T, ReceiptError> {
    read.map_err(|why| ReceiptError::Content { file: file.display().to_string(), why })
}

fn path_of(path: &[Vec<u8>]) -> Vec<Hash> {
    path.iter().map(|hash| hash.as_slice().try_into().unwrap_or_default()).collect()
}

/// Fetches a receipt and writes it to a file.
///
/// # Errors
/// [`ReceiptError`].
pub async fn fetch(args: &ReceiptArgs, out: &mut impl Write) -> Result<(), ReceiptError> {
    let channel = args.server.connect().await?;
    let token = read(&args.invitation)?.trim().to_owned();
    let asked = GetReceiptRequest { token, rating_id: args.rating.clone() };
    let mut intake = RatingServiceClient::new(channel.clone());
    let answer = intake.get_receipt(args.server.signed(asked)?).await;
    let answer = answer.map_err(ClientError::from)?.into_inner();
    let receipt = answer.receipt.ok_or(Meaningless("it is missing"))?;
    let leaf = leaf_of(&receipt)?;
    let code = answer.receipt_code;
    let mut log = TransparencyServiceClient::new(channel);
    let proof = log.get_inclusion_proof(GetInclusionProofRequest { receipt_code: code.clone() });
    let proof = proof.await.map_err(ClientError::from)?.into_inner();
    let mine = proof.proofs.into_iter().find(|proof| proof.leaf_hash == leaf.hash);
    let mine = mine.ok_or(ReceiptError::OtherLeaf)?;
    let file = ProofFile {
        extra: receipt.encode_to_vec(),
        index: mine.index,
        path: path_of(&mine.path),
        note: proof.head.unwrap_or_default().note,
    };
    write(&args.out, &file.write())?;
    Ok(writeln!(out, "receipt {code} is in {} 回执已保存", args.out.display())?)
}

/// Checks a receipt offline and says what it proves.
///
/// # Errors
/// [`ReceiptError`]: then nothing is proved.
pub fn verify(args: &VerifyArgs, out: &mut impl Write) -> Result<(), ReceiptError> {
    let file = content(&args.receipt, ProofFile::read(&read(&args.receipt)?))?;
    let key = content(&args.key, LogVerifier::read(&read(&args.key)?))?;
    let (head, others) = key.open(&file.note).map_err(ReceiptError::NotProved)?;
    let receipt = RatingReceipt::decode(file.extra.as_slice());
    let receipt = receipt.map_err(|_| Meaningless("the line \"extra\" is no receipt"))?;
    let leaf = (file.index, leaf_of(&receipt)?.hash);
    let proved = check_inclusion(&file.path, (head.size, head.root), leaf);
    proved.map_err(ReceiptError::NotProved)?;
    let mut witnessed = Vec::new();
    for witness in &args.witness {
        let key = content(witness, WitnessKey::read(&read(witness)?))?;
        let at = others.iter().find_map(|one| key.verify(&file.note, one));
        let at = at.ok_or_else(|| ReceiptError::NotWitnessed(key.name().to_owned()))?;
        witnessed.push((key.name().to_owned(), at));
    }
    let received_at = convert::instant_of(receipt.received_at.as_ref())?;
    let level = Level::try_from(receipt.level).unwrap_or_default();
    let channel = Channel::try_from(receipt.channel).unwrap_or_default();
    let act = receipt.act.unwrap_or_default();
    writeln!(
        out,
        "PROVED 已证明: this rating is in the log, as it is here 该评价在公开日志中，未被改动"
    )?;
    for (name, value) in [
        ("rating 评价", receipt.rating_id),
        ("level 等级", level.as_str_name().to_owned()),
        ("channel 渠道", channel.as_str_name().to_owned()),
        ("received 收到", received_at.to_string()),
        ("item 事项", act.item_code),
        ("agency 单位", act.agency_id),
        ("tags 标签", receipt.tag_codes.join(" ")),
        ("words 文字", if receipt.words_hash.is_empty() { "none 无" } else { "yes 有" }.to_owned()),
        ("log 日志", format!("{} epoch {}", head.name, head.epoch)),
        ("leaf 叶子", format!("{} of {}", file.index, head.size)),
        ("signed 签名", head.signed_at.to_string()),
    ] {
        writeln!(out, "{name}: {value}")?;
    }
    for (name, at) in witnessed {
        writeln!(out, "witness 见证: {name}, {at}")?;
    }
    Ok(())
}

/// Signs the log's newest head, if it follows from the last one that was signed.
///
/// # Errors
/// [`ReceiptError`]: then nothing is signed.
pub async fn witness(args: &WitnessArgs, out: &mut impl Write) -> Result<(), ReceiptError> {
    let log_key = content(&args.log_key, LogVerifier::read(&read(&args.log_key)?))?;
    let signer = content(&args.key, WitnessSigner::read(&read(&args.key)?, &args.name))?;
    let channel = args.server.connect().await?;
    let mut log = TransparencyServiceClient::new(channel);
    let answer = log.get_tree_head(GetTreeHeadRequest {}).await.map_err(ClientError::from)?;
    let note = answer.into_inner().head.unwrap_or_default().note;
    let (head, _) = log_key.open(&note).map_err(ReceiptError::NotProved)?;
    let before = args.state.exists().then(|| read(&args.state)).transpose()?;
    if let Some(before) = before {
        let (last, _) = content(&args.state, log_key.open(&before))?;
        if last.size > head.size || last.epoch > head.epoch {
            let why = "the log is smaller than the head that was signed last";
            return Err(ReceiptError::OtherHistory(why.to_owned()));
        }
        let asked = GetConsistencyProofRequest {
            first_epoch: last.epoch,
            first_size: last.size,
            second_epoch: head.epoch,
            second_size: head.size,
        };
        let proof = log.get_consistency_proof(asked).await.map_err(ClientError::from)?;
        let path = path_of(&proof.into_inner().path);
        check_consistency(&path, (last.size, last.root), (head.size, head.root))
            .map_err(|why| ReceiptError::OtherHistory(why.to_string()))?;
    }
    let now: Timestamp = Clock::System.now();
    let line = signer.sign(&note, now).map_err(ReceiptError::NotProved)?;
    // Kept first: a witness that forgets what it signed is none.
    let unsigned = note.split_inclusive('\n').take_while(|line| !line.trim().is_empty());
    let own = note.lines().find(|line| line.starts_with(&format!("— {} ", head.name)));
    let kept = format!("{}\n{}\n", unsigned.collect::<String>(), own.unwrap_or_default());
    write(&args.state, &kept)?;
    let request = AddCosignatureRequest {
        request_id: Clock::System.new_id().to_string(),
        epoch: head.epoch,
        size: head.size,
        cosignature: line,
    };
    log.add_cosignature(request).await.map_err(ClientError::from)?;
    Ok(writeln!(
        out,
        "signed 已见证: {} epoch {}, {} ratings, as {}",
        head.name,
        head.epoch,
        head.size,
        signer.verifier_key()
    )?)
}

#[cfg(test)]
mod tests;
