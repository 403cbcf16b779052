package dev.lockstep.fabric.frontend;

import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.block.BlockHeaders;
import dev.lockstep.fabric.block.Blocks;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.follow.CertifiedBlock;
import dev.lockstep.fabric.follow.ChainFollower;
import dev.lockstep.fabric.ledger.Ledger;
import dev.lockstep.fabric.msp.Identity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.common.MetadataSignature;
import org.hyperledger.fabric.protos.common.SignatureHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One channel as a frontend has it: its chain, and the configuration at its end. A new
 * configuration is in force before its block can be read, so that whoever it shuts out does not get
 * that block any more.
 */
final class FrontendChannel implements ChainFollower.Target {
  private static final Logger LOG = LoggerFactory.getLogger(FrontendChannel.class);

  private final Ledger ledger;
  private final Runnable onConfig;

  /** Completed and replaced with each new configuration. Guarded by this. */
  private CompletableFuture<Void> nextConfig = new CompletableFuture<>();

  private volatile ChannelConfig config;
  private BlockHeader newest;
  private long warnedAtSequence = -1;

  /**
   * With the configuration at the end of the chain.
   *
   * @param onConfig called when another configuration is in force
   * @throws IOException if the chain cannot be read, or makes no sense
   */
  FrontendChannel(Ledger ledger, Runnable onConfig) throws IOException {
    this.ledger = ledger;
    this.onConfig = onConfig;
    Block last = Block.parseFrom(ledger.block(ledger.height() - 1).bytes());
    newest = last.getHeader();
    long lastConfig = newest.getNumber() == 0 ? 0 : Blocks.lastConfigNumber(last);
    try {
      config = ChannelConfig.ofBlock(Block.parseFrom(ledger.block(lastConfig).bytes()));
    } catch (RefusedException e) {
      throw new IOException(
          "the configuration in block "
              + lastConfig
              + " of channel "
              + ledger.channel()
              + " cannot be used: "
              + e.getMessage(),
          e);
    }
  }

  Ledger ledger() {
    return ledger;
  }

  ChannelConfig config() {
    return config;
  }

  /** Completes when the configuration has this sequence or a higher one. */
  synchronized CompletableFuture<Void> whenAt(long sequence) {
    if (config.sequence() >= sequence) {
      return CompletableFuture.completedFuture(null);
    }
    return nextConfig.thenCompose(any -> whenAt(sequence));
  }

  @Override
  public long next() {
    return ledger.height();
  }

  @Override
  public boolean isWanted() {
    return true;
  }

  @Override
  public void take(CertifiedBlock certified) throws IOException {
    BlockHeader header = certified.header();
    if (!header.getPreviousHash().equals(BlockHeaders.hash(newest))) {
      throw new IOException(
          "the nodes have signed a block that does not follow the newest one here; more of them"
              + " are faulty than the group tolerates, or this folder is of another chain");
    }
    warnIfPeersRefuse(certified);
    Block block = certified.block();
    boolean isConfig = certified.lastConfig() == header.getNumber();
    if (isConfig) {
      try {
        config = ChannelConfig.ofBlock(block);
      } catch (RefusedException e) {
        throw new IOException("its configuration cannot be used: " + e.getMessage(), e);
      }
    }
    newest = header;
    ledger.append(certified.stored());
    if (isConfig) {
      onConfig.run();
      CompletableFuture<Void> reached;
      synchronized (this) {
        reached = nextConfig;
        nextConfig = new CompletableFuture<>();
      }
      reached.complete(null);
    }
  }

  /** The channel's own policy may ask for more than a quorum, or for other signers. */
  private void warnIfPeersRefuse(CertifiedBlock block) {
    ChannelConfig now = config;
    if (warnedAtSequence == now.sequence()) {
      return;
    }
    String refusal =
        now.policies().refusalOrNull(ChannelConfig.BLOCK_VALIDATION, signers(block, now));
    if (refusal != null) {
      warnedAtSequence = now.sequence();
      LOG.error(
          "channel {}: peers will refuse block {}, because its signatures do not satisfy the"
              + " policy BlockValidation: {}; the policy must be satisfied by a quorum of the"
              + " ordering nodes",
          ledger.channel(),
          block.header().getNumber(),
          refusal);
    }
  }

  private static List<Identity> signers(CertifiedBlock block, ChannelConfig config) {
    List<Identity> signers = new ArrayList<>();
    Set<Identity.Key> seen = new HashSet<>();
    for (MetadataSignature signature : block.signatures()) {
      Identity signer = signerOrNull(signature, config);
      if (signer != null && seen.add(signer.key())) {
        signers.add(signer);
      }
    }
    return signers;
  }

  private static Identity signerOrNull(MetadataSignature signature, ChannelConfig config) {
    try {
      return config
          .msps()
          .memberOrNull(SignatureHeader.parseFrom(signature.getSignatureHeader()).getCreator());
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      return null;
    }
  }
}
