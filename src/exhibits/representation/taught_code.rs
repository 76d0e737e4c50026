//! PyTorch of a head on the features of a real network.

/// The code; `EXAMPLES`, `RATE` and `SEED` stand for the settings.
pub const CODE: &str = r#"import torch
from torch import nn

# In earnest: a real network without its last layer, and one of its vectors for each picture.
#   net = torchvision.models.efficientnet_b0(weights=...).eval()
#   with torch.no_grad():
#       features = net.avgpool(net.features(pictures)).flatten(1)
groups, examples, width = 4, EXAMPLES, 1280
rate = RATE
torch.manual_seed(SEED)
centres = torch.rand(groups, width)
labels = torch.arange(groups).repeat_interleave(min(examples, 9))
features = centres[labels] + 0.3 * torch.randn(len(labels), width)
unseen_labels = torch.arange(groups).repeat_interleave(3)
unseen = centres[unseen_labels] + 0.3 * torch.randn(len(unseen_labels), width)

# One scale for all, measured on what is learned from.
mean, deviation = features.mean(0), features.std(0, correction=0)
deviation[deviation == 0] = 1.0
head = nn.Linear(width, groups)
nn.init.zeros_(head.weight)
nn.init.zeros_(head.bias)
optimiser = torch.optim.AdamW(head.parameters(), lr=rate, weight_decay=0.1)
for step in range(150):
    batch = torch.randperm(len(labels))[:32]
    logits = head((features[batch] - mean) / deviation)
    loss = nn.functional.cross_entropy(logits, labels[batch])
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
with torch.no_grad():
    taken = head((unseen - mean) / deviation).argmax(1)
right = (taken == unseen_labels).float().mean().item()
print(f"learns {sum(p.numel() for p in head.parameters())} numbers, {right:.0%} of unseen right")
"#;
