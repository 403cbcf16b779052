package dev.lockstep.fabric.verify;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.msp.Identity;
import dev.lockstep.fabric.policy.SignedData;
import dev.lockstep.fabric.policy.Signers;
import java.io.IOException;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.common.BlockMetadataIndex;
import org.hyperledger.fabric.protos.common.IdentifierHeader;
import org.hyperledger.fabric.protos.common.Metadata;
import org.hyperledger.fabric.protos.common.MetadataSignature;
import org.hyperledger.fabric.protos.common.SignatureHeader;

/**
 * Tells what is wrong with a block, by the rules of the peers. Pure functions; nothing of the block
 * is trusted.
 */
public final class BlockVerifier {
  private static final int SLOTS = 5;

  private BlockVerifier() {}

  /**
   * Checks a block with all its data.
   *
   * @param previous the header of the block before, which is good
   * @param config the configuration after the block before
   * @return what is wrong with it, in the order of the rules; empty if it is good
   */
  public static List<BlockViolation> verify(
      Block block, BlockHeader previous, ChannelConfig config) {
    List<BlockViolation> violations = new ArrayList<>();
    checkPlace(block.getHeader(), previous, violations);
    checkData(block, config, violations);
    checkMetadata(block, config, violations);
    return violations;
  }

  /** The same without the rules about data, for blocks as they are on a stream of headers. */
  public static List<BlockViolation> verifyHeaderAndMetadata(
      Block block, BlockHeader previous, ChannelConfig config) {
    List<BlockViolation> violations = new ArrayList<>();
    checkPlace(block.getHeader(), previous, violations);
    checkMetadata(block, config, violations);
    return violations;
  }

  private static void checkPlace(
      BlockHeader header, BlockHeader previous, List<BlockViolation> violations) {
    if (header.getNumber() != previous.getNumber() + 1) {
      violations.add(
          new BlockViolation(
              BlockRule.NUMBER,
              String.format(
                  "the block has number %s and follows number %s",
                  Long.toUnsignedString(header.getNumber()),
                  Long.toUnsignedString(previous.getNumber()))));
    }
    if (!header.getPreviousHash().equals(headerHash(previous))) {
      violations.add(
          new BlockViolation(
              BlockRule.PREVIOUS_HASH,
              "the block's previous hash is not that of the header of the block before"));
    }
  }

  private static void checkData(
      Block block, ChannelConfig config, List<BlockViolation> violations) {
    List<ByteString> data = block.getData().getDataList();
    MessageDigest digest = sha256();
    data.forEach(transaction -> digest.update(transaction.toByteArray()));
    if (!block.getHeader().getDataHash().equals(ByteString.copyFrom(digest.digest()))) {
      violations.add(
          new BlockViolation(BlockRule.DATA_HASH, "the block's data hash is not that of its data"));
    }
    String refusal = transactionsRefusalOrNull(data);
    if (refusal != null) {
      violations.add(new BlockViolation(BlockRule.TRANSACTIONS, refusal));
    }
    if (!data.isEmpty() && !config.channelId().equals(Transactions.channelOrNull(data.get(0)))) {
      violations.add(
          new BlockViolation(
              BlockRule.CHANNEL,
              "the block's first transaction is not of the channel " + config.channelId()));
    }
  }

  private static String transactionsRefusalOrNull(List<ByteString> data) {
    if (data.isEmpty()) {
      return "the block has no transaction";
    }
    for (int i = 0; i < data.size(); i++) {
      String refusal = Transactions.refusalOrNull(data.get(i));
      if (refusal != null) {
        return "transaction " + i + " of the block " + refusal;
      }
    }
    return null;
  }

  private static void checkMetadata(
      Block block, ChannelConfig config, List<BlockViolation> violations) {
    int slots = block.getMetadata().getMetadataCount();
    if (slots < SLOTS) {
      violations.add(
          new BlockViolation(
              BlockRule.METADATA_SLOTS, "the block has " + slots + " slots of metadata, not 5"));
    }
    String refusal = signaturesRefusalOrNull(block, config);
    if (refusal != null) {
      violations.add(new BlockViolation(BlockRule.SIGNATURES, refusal));
    }
  }

  private static String signaturesRefusalOrNull(Block block, ChannelConfig config) {
    if (block.getMetadata().getMetadataCount() <= BlockMetadataIndex.SIGNATURES_VALUE) {
      return "the block has no slot of signatures";
    }
    List<SignedData> signatures = new ArrayList<>();
    try {
      Metadata signed =
          Metadata.parseFrom(block.getMetadata().getMetadata(BlockMetadataIndex.SIGNATURES_VALUE));
      byte[] header = headerBytes(block.getHeader());
      for (MetadataSignature signature :
          signed
              .getSignaturesList()
              .subList(0, Math.min(signed.getSignaturesCount(), Signers.MAX_SIGNATURES))) {
        SignedData data = signedDataOrNull(signature, signed.getValue(), header, config);
        if (data != null) {
          signatures.add(data);
        }
      }
    } catch (InvalidProtocolBufferException e) {
      return "the block's signatures are malformed";
    }
    String refusal = config.refusalOrNull(ChannelConfig.BLOCK_VALIDATION, signatures);
    return refusal == null
        ? null
        : "the block's signatures do not satisfy the channel's BlockValidation policy: " + refusal;
  }

  /** Null if it names a consenter that is none. */
  private static SignedData signedDataOrNull(
      MetadataSignature signature, ByteString value, byte[] header, ChannelConfig config)
      throws InvalidProtocolBufferException {
    boolean byNumber =
        !config.consenters().isEmpty()
            && signature.getSignatureHeader().isEmpty()
            && !signature.getIdentifierHeader().isEmpty();
    ByteString signerHeader =
        byNumber ? signature.getIdentifierHeader() : signature.getSignatureHeader();
    ByteString signer =
        byNumber
            ? config.consenterIdentityOrNull(
                IdentifierHeader.parseFrom(signerHeader).getIdentifier())
            : SignatureHeader.parseFrom(signerHeader).getCreator();
    return signer == null
        ? null
        : new SignedData(
            value.concat(signerHeader).concat(ByteString.copyFrom(header)).toByteArray(),
            signer,
            signature.getSignature());
  }

  /**
   * The member that made one signature of a block; null if the signature is not good. Whether the
   * member may sign blocks is for the policy to say.
   *
   * @param value what was signed together with the header
   */
  public static Identity signerOrNull(
      MetadataSignature signature, ByteString value, BlockHeader header, ChannelConfig config) {
    try {
      SignedData data = signedDataOrNull(signature, value, headerBytes(header), config);
      List<Identity> signers = data == null ? List.of() : Signers.of(List.of(data), config.msps());
      return signers.isEmpty() ? null : signers.get(0);
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  private static byte[] headerBytes(BlockHeader header) {
    ASN1Encodable[] parts = {
      new ASN1Integer(new BigInteger(Long.toUnsignedString(header.getNumber()))),
      new DEROctetString(header.getPreviousHash().toByteArray()),
      new DEROctetString(header.getDataHash().toByteArray())
    };
    try {
      return new DERSequence(parts).getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory does not fail", e);
    }
  }

  private static ByteString headerHash(BlockHeader header) {
    return ByteString.copyFrom(sha256().digest(headerBytes(header)));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
