"""A trained LSTM that nobody here made, on speech, and how its gradient runs, by PyTorch.

The weights are those of Silero VAD (MIT licence), in the Python package silero-vad, file silero_vad_16k.safetensors; `lstm_cell.*` of them is
kept here. The speech is synthetic: espeak-ng -v en -s 150 -w s.wav "A gradient that is multiplied by a number below one at
every step vanishes. A gradient that is multiplied by a number above one explodes. The cell of a long short term memory keeps it."
The gradient starts with 1 in every entry of the last h and c, which are taken as independent at each step.
"""
import wave, numpy as np, torch
from safetensors.torch import load_file
torch.set_default_dtype(torch.float64)
w={k:v.double() for k,v in load_file('silero_vad_16k.safetensors').items()}
f=wave.open('s.wav'); sr=f.getframerate(); a=np.frombuffer(f.readframes(f.getnframes()),dtype=np.int16)/32768.0
n=int(len(a)*16000/sr); a=np.interp(np.arange(n)*sr/16000,np.arange(len(a)),a)
a=torch.tensor(a); a=torch.nn.functional.pad(a,(64,0)); frames=[]
F=torch.nn.functional
for i in range(64,len(a)-512,512):
    x=a[i-64:i+512][None]
    x=F.pad(x[None],(0,64),mode='reflect')[0].unsqueeze(1)
    x=F.conv1d(x,w['stft_conv.weight'],stride=128)
    x=(x[:,:129]**2+x[:,129:]**2).sqrt()
    x=F.relu(F.conv1d(x,w['conv1.weight'],w['conv1.bias'],padding=1))
    x=F.relu(F.conv1d(x,w['conv2.weight'],w['conv2.bias'],stride=2,padding=1))
    x=F.relu(F.conv1d(x,w['conv3.weight'],w['conv3.bias'],stride=2,padding=1))
    x=F.relu(F.conv1d(x,w['conv4.weight'],w['conv4.bias'],padding=1))
    frames.append(x.squeeze(-1)[0])
X=torch.stack(frames)[:200].float()
print(X.shape, X.mean(), X.abs().max(), (X==0).double().mean())
np.save('speech.npy',X.numpy())
Wi,Wh=w['lstm_cell.weight_ih'],w['lstm_cell.weight_hh']; b=w['lstm_cell.bias_ih']+w['lstm_cell.bias_hh']
h=torch.zeros(128,requires_grad=True); c=torch.zeros(128,requires_grad=True)
states=[(h,c)]; probs=[]
for x in X.double():
    i,g_f,g,o=(Wi@x+Wh@h+b).chunk(4)
    cn=torch.sigmoid(g_f)*c+torch.sigmoid(i)*torch.tanh(g)
    hn=torch.sigmoid(o)*torch.tanh(cn)
    probs.append(torch.sigmoid(w['final_conv.weight'].reshape(-1)@F.relu(hn)+w['final_conv.bias'])[0].item())
    h,c=hn.clone(),cn.clone(); h.retain_grad(); c.retain_grad(); states.append((h,c))
(h.sum()+c.sum()).backward()
norms=[float(torch.log(torch.sqrt((h.grad**2).sum()+(c.grad**2).sum()))) for h,c in states]
print([round(p,2) for p in probs[::10]]); print(norms[0],norms[100],norms[-1])
import json
json.dump({"ln_norms":norms,"h_T":hn.tolist()},open('silero_lstm.json','w'))
# the LSTM alone
from safetensors.numpy import save_file
save_file({k:v.float().numpy() for k,v in w.items() if k.startswith('lstm_cell')},'silero_lstm.safetensors')
