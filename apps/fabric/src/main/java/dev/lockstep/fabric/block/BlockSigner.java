package dev.lockstep.fabric.block;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.msp.SigningIdentity;
import java.security.SecureRandom;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.common.IdentifierHeader;
import org.hyperledger.fabric.protos.common.MetadataSignature;
import org.hyperledger.fabric.protos.common.SignatureHeader;

/** Signs blocks for one node. Thread-safe: many blocks may be signed at the same time. */
public final class BlockSigner {
  private static final int NONCE_BYTES = 24;

  private final SecureRandom random = new SecureRandom();
  private final SigningIdentity signer;
  private final SignatureStyle style;
  private final int consenterNumber;

  private BlockSigner(SigningIdentity signer, SignatureStyle style, int consenterNumber) {
    this.signer = signer;
    this.style = style;
    this.consenterNumber = consenterNumber;
  }

  /** Signatures that carry the certificate, good for every channel. */
  public static BlockSigner withCertificate(SigningIdentity signer) {
    return new BlockSigner(signer, SignatureStyle.SIGNATURE_HEADER, 0);
  }

  /** Signatures that carry the signer's number among the consenters, for channels of type BFT. */
  public static BlockSigner withNumber(SigningIdentity signer, int consenterNumber) {
    return new BlockSigner(signer, SignatureStyle.IDENTIFIER_HEADER, consenterNumber);
  }

  /**
   * Signs a block.
   *
   * @param value what is signed together with the header, {@link Blocks#signedValue}
   */
  public MetadataSignature sign(BlockHeader header, ByteString value) {
    byte[] bytes = new byte[NONCE_BYTES];
    random.nextBytes(bytes);
    ByteString nonce = ByteString.copyFrom(bytes);
    ByteString der = ByteString.copyFrom(BlockHeaders.der(header));
    MetadataSignature.Builder signature = MetadataSignature.newBuilder();
    ByteString signerHeader;
    if (style == SignatureStyle.IDENTIFIER_HEADER) {
      signerHeader =
          IdentifierHeader.newBuilder()
              .setIdentifier(consenterNumber)
              .setNonce(nonce)
              .build()
              .toByteString();
      signature.setIdentifierHeader(signerHeader);
    } else {
      signerHeader =
          SignatureHeader.newBuilder()
              .setCreator(signer.serialized())
              .setNonce(nonce)
              .build()
              .toByteString();
      signature.setSignatureHeader(signerHeader);
    }
    return signature
        .setSignature(signer.sign(value.concat(signerHeader).concat(der).toByteArray()))
        .build();
  }
}
