package dev.lockstep.fabric.config;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.block.Blocks;
import dev.lockstep.fabric.msp.Msp;
import dev.lockstep.fabric.msp.MspManager;
import dev.lockstep.fabric.policy.PolicyTree;
import dev.lockstep.fabric.policy.SignedData;
import dev.lockstep.fabric.policy.Signers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Config;
import org.hyperledger.fabric.protos.common.ConfigEnvelope;
import org.hyperledger.fabric.protos.common.ConfigGroup;
import org.hyperledger.fabric.protos.common.Consenter;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.msp.SerializedIdentity;

/**
 * What a channel's configuration means: who its members are, what its policies ask for, how its
 * blocks are cut and where its orderers are. One object for one configuration; the next one is a
 * new object. Immutable but for what it remembers of members, and thread-safe.
 */
public final class ChannelConfig {
  /** Who may broadcast. */
  public static final String WRITERS = "/Channel/Writers";

  /** Who may ask for blocks. */
  public static final String READERS = "/Channel/Readers";

  /** Who may broadcast while the channel is in maintenance. */
  public static final String ORDERER_WRITERS = "/Channel/Orderer/Writers";

  /** Who may ask for blocks while the channel is in maintenance. */
  public static final String ORDERER_READERS = "/Channel/Orderer/Readers";

  /** Which signatures make a block valid. */
  public static final String BLOCK_VALIDATION = "/Channel/Orderer/BlockValidation";

  static final String ROOT = "Channel";

  private static final Pattern CHANNEL_ID = Pattern.compile("[a-z][a-z0-9.-]{0,248}");

  private final String channelId;
  private final Config config;
  private final OrdererGroup orderer;
  private final Map<String, String> organizations;
  private final List<String> endpoints;
  private final MspManager msps;
  private final PolicyTree policies;

  private ChannelConfig(
      String channelId,
      Config config,
      OrdererGroup orderer,
      Map<String, String> organizations,
      List<String> endpoints,
      MspManager msps,
      PolicyTree policies) {
    this.channelId = channelId;
    this.config = config;
    this.orderer = orderer;
    this.organizations = organizations;
    this.endpoints = List.copyOf(endpoints);
    this.msps = msps;
    this.policies = policies;
  }

  /**
   * From a configuration.
   *
   * @throws RefusedException if peers or this service could not work with it, with the reason
   */
  public static ChannelConfig of(String channelId, Config config) throws RefusedException {
    requireChannelId(channelId);
    try {
      return build(channelId, config);
    } catch (RefusedException e) {
      throw new RefusedException("initializing channelconfig failed: " + e.getMessage(), e);
    }
  }

  /**
   * From a configuration block, which may be the first block of a channel. That the block may be
   * trusted is taken for granted.
   */
  public static ChannelConfig ofBlock(Block block) throws RefusedException {
    Envelope envelope = Blocks.configEnvelopeOrNull(block);
    if (envelope == null) {
      throw new RefusedException("the block holds no channel configuration");
    }
    try {
      Payload payload = Payload.parseFrom(envelope.getPayload());
      ChannelHeader header = ChannelHeader.parseFrom(payload.getHeader().getChannelHeader());
      ConfigEnvelope config = ConfigEnvelope.parseFrom(payload.getData());
      return of(header.getChannelId(), config.getConfig());
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException("the block's channel configuration is malformed", e);
    }
  }

  private static void requireChannelId(String channelId) throws RefusedException {
    if (!CHANNEL_ID.matcher(channelId).matches()) {
      throw new RefusedException(
          "a channel's id has a small letter and then small letters, digits, dots and dashes, 249"
              + " at most; '"
              + channelId
              + "' is none");
    }
  }

  private static ChannelConfig build(String channelId, Config config) throws RefusedException {
    ConfigGroup root = config.getChannelGroup();
    ChannelGroup channel = ChannelGroup.of(root);
    OrdererGroup orderer = OrdererGroup.of(root.getGroupsOrDefault(ChannelGroup.ORDERER, null));
    List<String> endpoints = new ArrayList<>(channel.ordererAddresses());
    endpoints.addAll(orderer.endpoints());
    Map<String, String> organizations = new TreeMap<>();
    List<Msp> msps = new ArrayList<>();
    OrganizationGroups.add(ChannelGroup.ORDERER, orderer.organizations(), organizations, msps);
    OrganizationGroups.add(ChannelGroup.APPLICATION, channel.applications(), organizations, msps);
    MspManager manager = new MspManager(distinct(msps));
    return new ChannelConfig(
        channelId,
        config,
        orderer,
        organizations,
        endpoints,
        manager,
        PolicyTree.of(ROOT, root, manager));
  }

  /** An organisation may run orderers and applications; then both have to say the same. */
  private static List<Msp> distinct(List<Msp> msps) throws RefusedException {
    Map<String, Msp> byId = new TreeMap<>();
    for (Msp msp : msps) {
      Msp other = byId.putIfAbsent(msp.id(), msp);
      if (other != null && !other.config().equals(msp.config())) {
        throw new RefusedException(
            "two organisations have the MSP id " + msp.id() + " and differ in its configuration");
      }
    }
    return List.copyOf(byId.values());
  }

  /** Its name. */
  public String channelId() {
    return channelId;
  }

  /** As it is in the block. */
  public Config config() {
    return config;
  }

  /** How many configurations came before it. */
  public long sequence() {
    return config.getSequence();
  }

  /** What peers take the ordering service for. */
  public ConsensusKind kind() {
    return orderer.kind();
  }

  /** Whether only the orderers' organisations may use the channel at the moment. */
  public boolean isInMaintenance() {
    return orderer.isInMaintenance();
  }

  /** How blocks are cut. */
  public BatchLimits batch() {
    return orderer.batch();
  }

  /** The consenters of a channel of type BFT; else none. */
  public List<Consenter> consenters() {
    return orderer.consenters();
  }

  /** The serialized identity of a consenter; null if there is none with this number. */
  public ByteString consenterIdentityOrNull(int number) {
    for (Consenter consenter : orderer.consenters()) {
      if (consenter.getId() == number) {
        return SerializedIdentity.newBuilder()
            .setMspid(consenter.getMspId())
            .setIdBytes(consenter.getIdentity())
            .build()
            .toByteString();
      }
    }
    return null;
  }

  /** Host and port of each orderer that clients are told of. */
  public List<String> endpoints() {
    return endpoints;
  }

  /** The channel's organisations. */
  public MspManager msps() {
    return msps;
  }

  /** The channel's policies. */
  public PolicyTree policies() {
    return policies;
  }

  /** The policy that a client has to satisfy who broadcasts. */
  public String writersPolicy() {
    return isInMaintenance() ? ORDERER_WRITERS : WRITERS;
  }

  /** The policy that a client has to satisfy who asks for blocks. */
  public String readersPolicy() {
    return isInMaintenance() ? ORDERER_READERS : READERS;
  }

  /** Checks signatures against the policy at a path. Null if they suffice, else the reason. */
  public String refusalOrNull(String policy, List<SignedData> signatures) {
    return policies.refusalOrNull(policy, Signers.of(signatures, msps));
  }

  /**
   * Refuses what may not change from this configuration to the next.
   *
   * @throws RefusedException with what it is
   */
  void requireMayBecome(ChannelConfig next) throws RefusedException {
    for (Map.Entry<String, String> organization : organizations.entrySet()) {
      String msp = next.organizations.get(organization.getKey());
      if (msp != null && !msp.equals(organization.getValue())) {
        throw new RefusedException(
            String.format(
                "the organisation %s attempted to change MSP ID from %s to %s",
                organization.getKey(), organization.getValue(), msp));
      }
    }
    if (next.kind() != kind()) {
      throw new RefusedException(
          String.format(
              "attempted to change consensus type from %s to %s, which this ordering service does"
                  + " not do",
              kind().typeName(), next.kind().typeName()));
    }
    boolean hadApplications = config.getChannelGroup().containsGroups(ChannelGroup.APPLICATION);
    if (hadApplications
        && !next.config.getChannelGroup().containsGroups(ChannelGroup.APPLICATION)) {
      throw new RefusedException("current config has application section, but new config does not");
    }
  }
}
