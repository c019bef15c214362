import { Fault } from '../errors.ts'

export function unavailable(url: string, why: string, cause?: unknown): Fault {
  return new Fault(
    'embedder_unavailable',
    `Ollama at ${url} ${why}`,
    'Start Ollama, or set OLLAMA_BASE_URL to where it runs, or OLLAMA_BASE_URL=off to use only the model in the package',
    { cause },
  )
}

export function slow(url: string, why: string): Fault {
  return new Fault(
    'embedder_unavailable',
    `Ollama at ${url} is slow: it ${why}`,
    'Try again in a moment; if this persists, give Ollama more processors, or set EMBEDDING_MODEL to a smaller model',
  )
}

/** An Ollama that never answered may not be slow but absent. */
export function unanswered(url: string, why: string): Fault {
  return new Fault(
    'embedder_unavailable',
    `Ollama at ${url} has not answered yet: it ${why}`,
    'Check that it runs there; the first question waits while it loads the model. OLLAMA_BASE_URL=off runs without it',
  )
}

export function modelMissing(url: string, model: string): Fault {
  return new Fault(
    'embedding_model_missing',
    `Ollama at ${url} does not have the model ${model}`,
    `Run \`ollama pull ${model}\` there, or correct EMBEDDING_MODEL`,
  )
}

export function modelUnfit(url: string, model: string, why: string): Fault {
  return new Fault(
    'embedding_model_missing',
    `Ollama at ${url} cannot embed with the model ${model}: ${why}`,
    'Set EMBEDDING_MODEL to an embedding model, for example all-minilm',
  )
}

export function replyInvalid(url: string, why: string, cause?: unknown): Fault {
  return new Fault(
    'embedder_reply_invalid',
    `Ollama at ${url} gave an unusable answer: ${why}`,
    'Check that OLLAMA_BASE_URL points to Ollama 0.3 or newer, and see its log',
    { cause },
  )
}

export function pullFailed(url: string, model: string, why: string): Fault {
  return new Fault(
    'embedding_model_missing',
    `Ollama at ${url} could not pull the model ${model}: ${why}`,
    pullRemedy(why),
  )
}

function pullRemedy(why: string): string {
  if (/TLS|HTTPS client|x509|certificate/i.test(why)) {
    return 'Set EMBEDDING_MODEL_INSECURE to true if the registry has no TLS, or let Ollama trust its certificate'
  }
  if (/refused|no such host|timeout|unreachable|no route/i.test(why)) {
    return 'Check that Ollama reaches the registry in EMBEDDING_MODEL; without the internet, name a registry of your own'
  }
  return 'Check EMBEDDING_MODEL: a name of the Ollama library such as all-minilm, or registry/path/name'
}
