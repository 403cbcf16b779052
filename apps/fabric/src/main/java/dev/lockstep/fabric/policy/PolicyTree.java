package dev.lockstep.fabric.policy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.msp.Identity;
import dev.lockstep.fabric.msp.MspManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hyperledger.fabric.protos.common.ConfigGroup;
import org.hyperledger.fabric.protos.common.ConfigPolicy;
import org.hyperledger.fabric.protos.common.ImplicitMetaPolicy;
import org.hyperledger.fabric.protos.common.Policy.PolicyType;

/**
 * The policies of a group of the configuration and of all groups below it, under the names by which
 * they are asked for: {@code /Channel/Orderer/BlockValidation}. Immutable and thread-safe.
 */
public final class PolicyTree {
  /** Between the names of a path, and at its begin if it starts at the channel. */
  public static final char SEPARATOR = '/';

  private static final int MAX_DEPTH = 32;

  private final String path;
  private final Map<String, PolicyTree> groups = new TreeMap<>();
  private final Map<String, Policy> policies = new TreeMap<>();

  private PolicyTree(String path) {
    this.path = path;
  }

  /**
   * The policies of a channel.
   *
   * @param name of the group, which all absolute paths start with
   * @throws RefusedException if one of them cannot be used
   */
  public static PolicyTree of(String name, ConfigGroup group, MspManager msps)
      throws RefusedException {
    return of(SEPARATOR + name, group, msps, MAX_DEPTH);
  }

  private static PolicyTree of(String path, ConfigGroup group, MspManager msps, int depth)
      throws RefusedException {
    if (depth == 0) {
      throw new RefusedException("the groups of the configuration are too deep at " + path);
    }
    PolicyTree tree = new PolicyTree(path);
    for (Map.Entry<String, ConfigGroup> below : new TreeMap<>(group.getGroupsMap()).entrySet()) {
      String name = below.getKey();
      tree.groups.put(name, of(path + SEPARATOR + name, below.getValue(), msps, depth - 1));
    }
    for (Map.Entry<String, ConfigPolicy> named : new TreeMap<>(group.getPoliciesMap()).entrySet()) {
      tree.policies.put(named.getKey(), tree.compile(named.getKey(), named.getValue(), msps));
    }
    return tree;
  }

  private Policy compile(String name, ConfigPolicy config, MspManager msps)
      throws RefusedException {
    org.hyperledger.fabric.protos.common.Policy policy = config.getPolicy();
    try {
      return switch (policy.getType()) {
        case PolicyType.SIGNATURE_VALUE -> SignaturePolicies.of(policy.getValue(), msps);
        case PolicyType.IMPLICIT_META_VALUE ->
            implicit(ImplicitMetaPolicy.parseFrom(policy.getValue()));
        default -> throw new RefusedException("its type " + policy.getType() + " is unknown");
      };
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException("policy " + name + " at path " + path + " is malformed", e);
    } catch (RefusedException e) {
      throw new RefusedException(
          "policy " + name + " at path " + path + " cannot be used: " + e.getMessage(), e);
    }
  }

  /** A group that lacks the policy counts as one whose policy nobody satisfies. */
  private Policy implicit(ImplicitMetaPolicy config) throws RefusedException {
    String name = config.getSubPolicy();
    List<Policy> parts = new ArrayList<>();
    for (PolicyTree below : groups.values()) {
      Policy part = below.policies.get(name);
      parts.add(part == null ? signers -> "there is no policy " + name : part);
    }
    int needed = needed(config.getRule(), parts.size());
    return signers -> {
      int satisfied = 0;
      for (Policy part : parts) {
        if (part.refusalOrNull(signers) == null && ++satisfied == needed) {
          break;
        }
      }
      return satisfied >= needed ? null : unsatisfied(satisfied, needed, name);
    };
  }

  private static int needed(ImplicitMetaPolicy.Rule rule, int parts) throws RefusedException {
    // Without groups below nothing is needed, as the peers see it.
    return switch (rule) {
      case ANY -> Math.min(1, parts);
      case ALL -> parts;
      case MAJORITY -> parts == 0 ? 0 : parts / 2 + 1;
      case UNRECOGNIZED -> throw new RefusedException("its rule is unknown");
    };
  }

  private static String unsatisfied(int satisfied, int needed, String name) {
    return String.format(
        "implicit policy evaluation failed - %d sub-policies were satisfied, but this policy"
            + " requires %d of the '%s' sub-policies to be satisfied",
        satisfied, needed, name);
  }

  /** The group below with this name; null if there is none. */
  public PolicyTree groupOrNull(String name) {
    return groups.get(name);
  }

  /**
   * The policy at a path, which starts at this group, or at the channel if it starts with a
   * separator; null if there is none.
   */
  public Policy policyOrNull(String wanted) {
    String relative = wanted;
    if (!wanted.isEmpty() && wanted.charAt(0) == SEPARATOR) {
      String prefix = path + SEPARATOR;
      if (!wanted.startsWith(prefix)) {
        return null;
      }
      relative = wanted.substring(prefix.length());
    }
    PolicyTree at = this;
    int from = 0;
    for (int to = relative.indexOf(SEPARATOR); to >= 0; to = relative.indexOf(SEPARATOR, from)) {
      at = at.groups.get(relative.substring(from, to));
      if (at == null) {
        return null;
      }
      from = to + 1;
    }
    return at.policies.get(relative.substring(from));
  }

  /** Nobody satisfies a policy that is not there. */
  public String refusalOrNull(String wanted, List<Identity> signers) {
    Policy policy = policyOrNull(wanted);
    return policy == null ? "there is no policy " + wanted : policy.refusalOrNull(signers);
  }
}
